/** The double in a process of its own: prints its environment as JSON, then for each line on stdin what it was asked for. */
import { createInterface } from 'node:readline';
import { startAwsDouble } from './server.ts';

const double = await startAwsDouble();
console.log(JSON.stringify(double.env));
let [requests, metrics] = [0, 0];
for await (const _line of createInterface({ input: process.stdin })) {
  const all = double.metricRequests;
  const sum = all.reduce((total, count) => total + count, 0);
  console.log(JSON.stringify({ requests: all.length - requests, metrics: sum - metrics }));
  [requests, metrics] = [all.length, sum];
}
await double.close();
