/** What is remembered of a store, when it answers, when it is slow and when it fails. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createReads, type Reads, type ReadsOptions } from '../../../functions/serve/reads.ts';

const start = Date.parse('2026-11-21T07:45:00Z');

interface UnderTest {
  readonly reads: Reads<string>;
  readonly failures: string[];
  readonly stop: AbortController;
  /** Time passes for it, in milliseconds. */
  readonly pass: (ms: number) => void;
}

function underTest(
  about: Partial<ReadsOptions> = {},
  isFinal: (value: string) => boolean = () => false,
): UnderTest {
  let time = start;
  const failures: string[] = [];
  const stop = new AbortController();
  const reads = createReads<string>({
    max: 2,
    freshMs: 5000,
    retryMs: 5000,
    patienceMs: 20,
    timeoutMs: 10_000,
    now: () => new Date(time),
    signal: stop.signal,
    failed: (problem) => failures.push(problem),
    isFinal,
    ...about,
  });
  return { reads, failures, stop, pass: (ms) => void (time += ms) };
}

/** Answers in turn, and counts how often it was asked. */
function answering(...answers: (string | null | Error)[]): {
  readonly read: () => Promise<string | null>;
  readonly asked: () => number;
} {
  let asked = 0;
  return {
    asked: () => asked,
    read: async () => {
      const answer = answers[Math.min(asked, answers.length - 1)] ?? null;
      asked += 1;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
}

const never = async (): Promise<string> => new Promise(() => undefined);

suite('what is read of a store', () => {
  test('is not asked for again while it is fresh, and then it is', async () => {
    const { reads, pass } = underTest();
    const { read, asked } = answering('one', 'two');
    const first = { value: 'one', readAt: new Date(start), problem: null };
    assert.deepEqual(await reads.get('a', read), first);
    pass(4999);
    assert.deepEqual(await reads.get('a', read), first);
    assert.equal(asked(), 1);
    pass(1);
    assert.deepEqual(await reads.get('a', read), {
      value: 'two',
      readAt: new Date(start + 5000),
      problem: null,
    });
  });

  test('is read once for all who ask at the same time', async () => {
    const { reads } = underTest();
    const { read, asked } = answering('one');
    const all = await Promise.all([reads.get('a', read), reads.get('a', read), reads.get('a', read)]);
    assert.deepEqual(
      all.map(({ value }) => value),
      ['one', 'one', 'one'],
    );
    assert.equal(asked(), 1);
  });

  test('stays as it was when the store fails, which is told, and is not asked at once again', async () => {
    const { reads, pass, failures } = underTest();
    const { read, asked } = answering('one', new Error('it is closed'), 'three');
    await reads.get('a', read);
    pass(5000);
    const stale = { value: 'one', readAt: new Date(start), problem: 'it is closed' };
    assert.deepEqual(await reads.get('a', read), stale);
    pass(4999);
    assert.deepEqual(await reads.get('a', read), stale);
    assert.equal(asked(), 2);
    assert.deepEqual(failures, ['it is closed']);
    pass(1);
    assert.deepEqual(await reads.get('a', read), {
      value: 'three',
      readAt: new Date(start + 10_000),
      problem: null,
    });
  });

  test('is given for good once it is final', async () => {
    const { reads, pass } = underTest({}, (value) => value === 'whole');
    const { read, asked } = answering('part', 'whole', 'other');
    assert.equal((await reads.get('a', read)).value, 'part');
    pass(5000);
    assert.equal((await reads.get('a', read)).value, 'whole');
    pass(1e9);
    assert.equal((await reads.get('a', read)).value, 'whole');
    assert.equal(asked(), 2);
  });

  test('is waited for no longer than patience, and not at all by who comes later', async () => {
    const { reads, pass } = underTest({ patienceMs: 400 });
    const began = performance.now();
    const known = await reads.get('a', never);
    assert.equal(known.value, null);
    assert.match(known.problem ?? '', /^the store has not answered for /);
    assert.ok(performance.now() - began >= 395);
    pass(410);
    const later = performance.now();
    assert.equal((await reads.get('a', never)).problem, 'the store has not answered for 0.4 s');
    assert.ok(performance.now() - later < 300);
  });

  test('a read that came late is there for the next who asks', async () => {
    const { reads } = underTest();
    const { promise, resolve } = Promise.withResolvers<string>();
    assert.equal((await reads.get('a', async () => promise)).value, null);
    resolve('late');
    assert.equal((await reads.get('a', never)).value, 'late');
  });

  test('is given up after its timeout, also by work that hears no signal', async () => {
    const { reads, pass, failures } = underTest({ timeoutMs: 30, patienceMs: 1000 });
    assert.equal((await reads.get('a', never)).problem, 'the store did not answer within 0.03 s');
    assert.equal(failures.length, 1);
    pass(5000);
    assert.equal((await reads.get('a', answering('one').read)).value, 'one');
  });

  test('what is not there is not remembered: it may come', async () => {
    const { reads } = underTest({ freshMs: Number.POSITIVE_INFINITY });
    const { read } = answering(null, 'one');
    assert.deepEqual(await reads.get('a', read), { value: null, readAt: new Date(start), problem: null });
    assert.equal((await reads.get('a', read)).value, 'one');
  });

  test('the one that was not asked for longest makes room', async () => {
    const { reads } = underTest({ freshMs: Number.POSITIVE_INFINITY });
    for (const key of ['a', 'b', 'a', 'c']) await reads.get(key, async () => `${key}, first`);
    const again = async (key: string): Promise<string | null> =>
      (await reads.get(key, async () => `${key}, again`)).value;
    assert.equal(await again('a'), 'a, first');
    assert.equal(await again('b'), 'b, again');
  });

  test('no more than eight are under way', async () => {
    const { reads } = underTest({ max: 100, patienceMs: 1 });
    for (let index = 0; index < 8; index += 1) await reads.get(String(index), never);
    const { read, asked } = answering('one');
    assert.equal(
      (await reads.get('more', read)).problem,
      '8 reads of the store are under way: try again in a moment',
    );
    assert.equal(asked(), 0);
  });

  test('ends when it is told to stop, and says nothing of it', async () => {
    const { reads, stop, failures } = underTest({ patienceMs: 1000 });
    const waiting = reads.get('a', never);
    stop.abort(new Error('stopped'));
    assert.equal((await waiting).problem, 'stopped');
    assert.deepEqual(failures, []);
  });
});
