/** What Athena takes for a query: https://aws.amazon.com/athena/pricing/, the list price of most regions. */

export const dollarsPerTerabyte = 5;
const terabyte = 1e12;
/** Of each query, however little it reads. */
const leastBytes = 10e6;

export function scanDollars(bytes: number): number {
  return (Math.max(bytes, leastBytes) / terabyte) * dollarsPerTerabyte;
}
