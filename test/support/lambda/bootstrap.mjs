/**
 * What Lambda's own runtime does, as far as a handler sees it: asks the Runtime API for an event, calls the handler,
 * posts what it returns or throws.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const { AWS_LAMBDA_RUNTIME_API: api, LAMBDA_TASK_ROOT: root, _HANDLER: name } = process.env;
const base = `http://${api}/2018-06-01/runtime`;
const [file, exported] = name.split('.');
const { [exported]: handler } = await import(pathToFileURL(path.join(root, `${file}.mjs`)).href);

for (;;) {
  const next = await fetch(`${base}/invocation/next`);
  const id = next.headers.get('lambda-runtime-aws-request-id');
  const deadlineMs = Number(next.headers.get('lambda-runtime-deadline-ms'));
  const context = { awsRequestId: id, getRemainingTimeInMillis: () => deadlineMs - Date.now() };
  const post = (where, body) =>
    fetch(`${base}/invocation/${id}/${where}`, { method: 'POST', body: JSON.stringify(body) });
  try {
    await post('response', (await handler(await next.json(), context)) ?? null);
  } catch (error) {
    await post('error', { errorType: error.name, errorMessage: error.message });
  }
}
