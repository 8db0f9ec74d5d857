/** Which requests are answered at all. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { hostOf, parseTarget, refusalOf, type Request } from '../../../functions/serve/request.ts';

const request = (about: Partial<Request> = {}): Request => ({
  method: 'GET',
  target: '/',
  hosts: ['localhost:9101'],
  localAddress: '127.0.0.1',
  hasBody: false,
  ...about,
});

const statusOf = (about: Partial<Request>, allowed: readonly string[] = []): number =>
  refusalOf(request(about), allowed)?.status ?? 200;

suite('the Host of a request', () => {
  const allowed = ['binpack.monitoring.svc'];
  const hosts: readonly (readonly [host: string, status: number])[] = [
    ['localhost', 200],
    ['LOCALHOST:9101', 200],
    ['localhost:1', 200],
    ['127.0.0.1:9101', 200],
    ['[::1]:9101', 200],
    ['[::1]', 200],
    ['10.1.2.3:9101', 200],
    ['binpack.monitoring.svc:9101', 200],
    ['Binpack.Monitoring.svc', 200],
    ['', 403],
    ['evil.example', 403],
    ['evil.example:9101', 403],
    ['localhost.evil.example', 403],
    ['evil.example/localhost', 403],
    ['localhost@evil.example', 403],
    ['localhost, evil.example', 403],
    ['localhost.', 403],
    ['10.1.2.4:9101', 403],
    ['127.0.0.2', 403],
    ['::1', 403],
    ['[::2]', 403],
    ['localhost:123456', 403],
    ['localhost:', 403],
    [' localhost', 403],
  ];
  for (const [host, status] of hosts)
    test(`"${host}" is ${status === 200 ? 'answered' : 'refused'}`, () => {
      assert.equal(statusOf({ hosts: [host], localAddress: '::ffff:10.1.2.3' }, allowed), status);
    });

  test('there must be one, and one alone', () => {
    assert.equal(statusOf({ hosts: [] }), 403);
    assert.equal(statusOf({ hosts: ['localhost', 'localhost'] }), 403);
  });

  test('an address of IPv6 stands in brackets', () => {
    assert.equal(hostOf('::ffff:10.1.2.3'), '10.1.2.3');
    assert.equal(hostOf('FD00::1'), '[fd00::1]');
    assert.equal(statusOf({ hosts: ['[fd00::1]:80'], localAddress: 'fd00::1' }), 200);
  });
});

suite('a request', () => {
  test('is GET or HEAD', () => {
    assert.equal(statusOf({ method: 'HEAD' }), 200);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH', 'get']) {
      const reply = refusalOf(request({ method }), []);
      assert.equal(reply?.status, 405, method);
      assert.deepEqual(reply?.headers, { Allow: 'GET, HEAD' });
    }
  });

  test('has no body, and a URL of 2,000 characters at most', () => {
    assert.equal(statusOf({ hasBody: true }), 400);
    assert.equal(statusOf({ target: `/${'a'.repeat(1999)}` }), 200);
    assert.equal(statusOf({ target: `/${'a'.repeat(2000)}` }), 414);
  });
});

suite('a target', () => {
  const targets: readonly (readonly [target: string, segments: readonly string[] | null])[] = [
    ['/', ['']],
    ['/api/clusters?x=/..', ['api', 'clusters']],
    ['/api/snapshots/arn%3Aaws%3Aeks%2Fprod/1', ['api', 'snapshots', 'arn:aws:eks/prod', '1']],
    ['/a%252e', ['a%2e']],
    ['/a/../b', ['a', '..', 'b']],
    ['/%2e%2e/b', ['..', 'b']],
    ['//evil/x', ['', 'evil', 'x']],
    ['/%', null],
    ['/%ff', null],
    ['http://evil.example/', null],
    ['*', null],
    ['', null],
  ];
  for (const [target, segments] of targets)
    test(`${target} is ${segments === null ? 'refused' : 'taken apart, and decoded once'}`, () => {
      assert.deepEqual(parseTarget(target)?.segments ?? null, segments);
    });

  test('has what is behind the first question mark', () => {
    assert.deepEqual(
      [...(parseTarget('/a?from=7d+ago&cluster=a%3Fb')?.query ?? [])],
      [
        ['from', '7d ago'],
        ['cluster', 'a?b'],
      ],
    );
  });
});
