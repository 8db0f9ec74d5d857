/** A double for one test, and this process as its client. */
import type { TestContext } from 'node:test';
import { startAwsDouble, type AwsDouble, type AwsDoubleOptions } from './server.ts';

export async function useAwsDouble(t: TestContext, options: AwsDoubleOptions = {}): Promise<AwsDouble> {
  const double = await startAwsDouble(options);
  const before = Object.keys(double.env).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, double.env);
  t.after(async () => {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    await double.close();
  });
  return double;
}
