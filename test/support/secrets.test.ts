/** The search for secrets finds them: a test that leaks one fails. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { startAwsDouble } from './aws/server.ts';
import { runCli } from './cli.ts';
import { recordedLog } from './cluster-under-test.ts';
import { temporaryFolder } from './kubeconfig.ts';
import { assertNoSecrets, assertNoSecretsIn } from './secrets.ts';
import { TOKENS } from './apiserver/users.ts';

const leaked = (name: string): { message: RegExp } => ({
  message: new RegExp(`^a secret came out in ${name}: `),
});
const base64 = (text: string): string => Buffer.from(text).toString('base64');

suite('a secret is found', () => {
  const texts: readonly (readonly [how: string, text: string])[] = [
    ['as it is', 'proxy http://me:hunter2@proxy'],
    ['as a token of the simulated server', `refused: ${TOKENS.nodesOnly}`],
    ...Object.values(TOKENS).map((token) => ['in base64', base64(token)] as const),
    ...['', 'a', 'ab', 'me:', 'jane:'].map((before) => ['in base64', base64(`${before}hunter2`)] as const),
    ['in base64 of a URL', Buffer.from('??hunter2').toString('base64url')],
    ['in hexadecimal', Buffer.from('hunter2').toString('hex')],
    ['as a key', '-----BEGIN PRIVATE KEY-----'],
    ['as a key in a kubeconfig', base64('-----BEGIN EC PRIVATE KEY-----')],
    ['as a token of EKS', 'k8s-aws-v1.aHR0cHM6Ly9zdHM'],
    ['as a signed request', 'https://sts.amazonaws.com/?X-Amz-Signature=0123'],
    ['as a session', 'token%2Fof%2B0%3D%3D'],
    ['as a header', 'Authorization: Bearer abcdefgh'],
  ];
  for (const [how, text] of texts)
    test(`${how}: ${text.slice(0, 40)}`, () =>
      assert.throws(() => assertNoSecrets({ text }), leaked('text')));

  test('and nothing is found where there is none', () => {
    assertNoSecrets({
      text: 'could not list pods: 401 Unauthorized: the token of the kubeconfig is not known',
    });
    assertNoSecretsIn('rows', gzipSync('{"node":"node-1"}\n'));
  });

  test('in what is zipped', () => {
    assert.throws(() => assertNoSecretsIn('rows', gzipSync('{"node":"hunter2"}')), leaked('rows'));
  });

  test('on stdout, on stderr, among the arguments and in the files of a command', async (t) => {
    const cwd = temporaryFolder(t).at('');
    const say = async (shell: string): Promise<unknown> => runCli(['--version'], { cwd, shell });
    await Promise.all([
      assert.rejects(say('echo hunter2'), leaked('stdout')),
      assert.rejects(say('echo hunter2 >&2'), leaked('stderr')),
    ]);
    await assert.rejects(runCli(['--token', 'hunter2'], { cwd }), leaked('its arguments'));
    mkdirSync(`${cwd}/v1`);
    await assert.rejects(say('echo hunter2 | gzip > v1/nodes.ndjson.gz'), leaked('.*/v1/nodes.ndjson.gz'));
  });

  test('in a log that is recorded, and in its fields', () => {
    assert.throws(() => recordedLog().info('hunter2'), leaked('the log'));
    assert.throws(() => recordedLog().debug('asked', { headers: { token: 'hunter2' } }), leaked('the log'));
  });

  test('in what a job stores, and in what it publishes', async () => {
    const stored = await startAwsDouble();
    (stored.objects as Map<string, unknown>).set('v1/summary.json', {
      bytes: Buffer.from('hunter2'),
      headers: {},
    });
    await assert.rejects(stored.close(), leaked('v1/summary.json'));
    const published = await startAwsDouble();
    const request = {
      service: 'cloudwatch',
      operation: 'PutMetricData',
      key: '',
      text: '{"Name":"hunter2"}',
    };
    (published.requests as unknown[]).push(request);
    await assert.rejects(published.close(), leaked('cloudwatch PutMetricData'));
  });
});
