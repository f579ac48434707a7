-- Asks for the paths of a file one after another; "@" in a path is another number each time. Prints figures as JSON.
local paths, turn = {}, tonumber(os.getenv("BENCH_TURN"))
for line in io.lines(os.getenv("BENCH_PATHS")) do
  paths[#paths + 1] = line
end

request = function()
  turn = turn + 1
  return wrk.format("GET", (paths[turn % #paths + 1]:gsub("@", turn)))
end

done = function(summary, latency)
  local failed = summary.errors
  io.write(string.format('{"answers": %d, "seconds": %.6f, "p50": %.3f, "p99": %.3f, "failed": %d}\n', summary.requests,
    summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    failed.connect + failed.read + failed.write + failed.status + failed.timeout))
end
