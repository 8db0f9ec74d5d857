import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyFromEnvironment } from '../../../../lib/cluster/connect/proxy.ts';
import { ConfigError } from '../../../../lib/errors.ts';

const proxy = 'http://proxy:3128';
const through = (server: string, env: Readonly<Record<string, string>>): string | null =>
  proxyFromEnvironment(new URL(server), env);

test('HTTPS_PROXY serves https servers and HTTP_PROXY the others, in either case', () => {
  assert.equal(through('https://api.example.com', { HTTPS_PROXY: proxy }), proxy);
  assert.equal(through('https://api.example.com', { https_proxy: proxy }), proxy);
  assert.equal(through('https://api.example.com', { HTTP_PROXY: proxy }), null);
  assert.equal(through('http://api.example.com', { HTTP_PROXY: proxy }), proxy);
  assert.equal(through('https://api.example.com', {}), null);
});

test('a proxy without a scheme is an HTTP proxy', () => {
  assert.equal(through('https://api.example.com', { HTTPS_PROXY: 'proxy:3128' }), proxy);
});

test('loopback addresses never go to a proxy', () => {
  for (const host of ['localhost:6443', '127.0.0.1', '127.8.8.8:6443', '[::1]:6443']) {
    assert.equal(through(`https://${host}`, { HTTPS_PROXY: proxy }), null, host);
  }
});

// The table of golang.org/x/net/http/httpproxy, as far as it concerns API servers.
const rules: readonly (readonly [noProxy: string, host: string, bypassed: boolean])[] = [
  ['*', 'api.example.com', true],
  ['example.com', 'example.com', true],
  ['example.com', 'api.example.com', true],
  ['example.com', 'notexample.com', false],
  ['EXAMPLE.com', 'API.example.COM', true],
  ['.example.com', 'api.example.com', true],
  ['.example.com', 'example.com', false],
  ['*.example.com', 'api.example.com', true],
  ['*.example.com', 'example.com', false],
  ['example.com:6443', 'api.example.com:6443', true],
  ['example.com:443', 'api.example.com', true],
  ['example.com:443', 'api.example.com:6443', false],
  ['10.0.0.0/8', '10.1.2.3:6443', true],
  ['10.0.0.0/8', '11.1.2.3:6443', false],
  ['10.0.0.0/99', '10.1.2.3', false],
  ['10.0.0.0/', '10.1.2.3', false],
  ['10.1.2.3', '10.1.2.3:6443', true],
  ['10.1.2.3:6443', '10.1.2.3:6443', true],
  ['10.1.2.3:443', '10.1.2.3:6443', false],
  ['1.2.3', '10.1.2.3', false],
  ['fd00::/8', '[fd12::1]:6443', true],
  ['fd00::/8', '10.1.2.3', false],
  ['[fd12::1]:6443', '[fd12::1]:6443', true],
  ['fd12::1', '[fd12::1]', true],
  [' other.org , example.com ', 'api.example.com', true],
  [',,', 'api.example.com', false],
  ['', 'api.example.com', false],
];

for (const [noProxy, host, bypassed] of rules) {
  test(`NO_PROXY "${noProxy}" ${bypassed ? 'covers' : 'does not cover'} ${host}`, () => {
    const answer = through(`https://${host}`, { HTTPS_PROXY: proxy, NO_PROXY: noProxy });
    assert.equal(answer, bypassed ? null : proxy);
  });
}

test('a proxy that is no URL is named without its password', () => {
  assert.throws(
    () => through('https://api.example.com', { HTTPS_PROXY: 'ftp://me:hunter2@proxy' }),
    new ConfigError(
      'HTTPS_PROXY is "ftp://proxy", which is not a URL that begins with http://, https:// or socks5://: correct it',
    ),
  );
});
