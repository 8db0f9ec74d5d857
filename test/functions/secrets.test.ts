/** What is said when credentials fail, at its most talkative. That none of it holds a secret is looked for wherever a command is started. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { settings } from '../../lib/config.ts';
import { startApiServer } from '../support/apiserver/server.ts';
import { startAwsDouble } from '../support/aws/server.ts';
import { runCli } from '../support/cli.ts';
import { kubeconfig, temporaryFolder } from '../support/kubeconfig.ts';

suite('secrets', () => {
  test('at --log-level debug, with every stack trace, a failure shows none of them', async (t) => {
    const server = await startApiServer();
    const aws = await startAwsDouble({
      faults: [{ when: () => true, times: 99, fault: { kind: 'error', status: 403, code: 'AccessDenied' } }],
    });
    t.after(async () => Promise.all([server.close(), aws.close()]));
    const folder = temporaryFolder(t);
    const cluster = {
      server: server.url,
      'certificate-authority-data': Buffer.from(server.caPem).toString('base64'),
    };
    const key = server.clientCertificate('nothing');
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const users = {
      token: { token: 'hunter2-wrong' },
      basic: { username: 'jane', password: 'hunter2' },
      certificate: {
        'client-certificate-data': base64(key.certificatePem),
        'client-key-data': base64(key.keyPem),
      },
      plugin: {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          command: 'sh',
          args: ['-c', 'echo refused: Bearer hunter2 >&2; exit 1'],
          interactiveMode: 'Never',
        },
      },
    };
    const runs = Object.entries(users).map(([name, user]) => ({
      file: folder.write(name, kubeconfig({ cluster, user })),
      env: {},
    }));
    const proxied = { ...cluster, 'proxy-url': 'http://me:hunter2@127.0.0.1:1' };
    runs.push({
      file: folder.write('proxied', kubeconfig({ cluster: proxied, user: { token: 'hunter2' } })),
      env: {},
    });
    const args = ['snapshot', '--log-level', 'debug', '--request-timeout', '5s', '--timeout', '8s'];
    const results = await Promise.all(
      runs.map(async ({ file, env }) => runCli([...args, '--kubeconfig', file], { cwd: folder.at(''), env })),
    );
    results.push(
      await runCli(['list', '--log-level', 'debug', '--store', `s3://${aws.bucket}/x`], {
        cwd: folder.at(''),
        env: aws.env,
      }),
    );
    for (const { code, stderr } of results) {
      assert.ok(code === 2 || code === 3 || code === 4, stderr);
      assert.match(stderr, /"stack":"[\w$]+: .*\\n +at /);
    }
  });

  test('no setting takes a secret', () => {
    const named = Object.values(settings).filter(({ flag }) =>
      /token|password|secret|credential|private/.test(flag),
    );
    assert.deepEqual(named, []);
  });

  test('the title of the process stays what it is', () => {
    const root = path.join(import.meta.dirname, '..', '..');
    for (const top of ['lib', 'functions'])
      for (const file of readdirSync(path.join(root, top), { recursive: true, encoding: 'utf8' }))
        if (file.endsWith('.ts'))
          assert.doesNotMatch(readFileSync(path.join(root, top, file), 'utf8'), /process\.title/, file);
  });
});
