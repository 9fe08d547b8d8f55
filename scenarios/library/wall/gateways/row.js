// One row of the table of compare.sh: row.js DRILL GATEWAY result.json
const [drill, gateway, file] = process.argv.slice(2);
const run = JSON.parse(require('fs').readFileSync(file, 'utf8'));
const cell = run.cells[0];
const share = (x) => (x === undefined ? '-' : (100 * x).toFixed(2) + '%');
const seconds = (d) => (d?.p95 === undefined ? '-' : (d.p95 / 1000).toFixed(2) + ' s');
const fault = cell.phases[run.faults[0].id];
console.log('| ' + [
  drill, gateway, run.verdict, share(cell.availability), share(fault.availability), seconds(cell.ttft_ms), seconds(cell.latency_ms),
  cell.retry_amplification?.toFixed(3) ?? 'not visible', cell.cost_per_1k_usd?.toFixed(3) ?? '-', Math.round(cell.send_lag_ms?.p99 ?? 0) + ' ms',
].join(' | ') + ' |');
