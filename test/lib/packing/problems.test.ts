import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createProblems } from '../../../lib/packing/problems.ts';

suite('problems', () => {
  test('none at first', () => assert.deepEqual(createProblems().list(), []));

  test('are counted by reason, with three examples each, in the order in which reasons came up', () => {
    const problems = createProblems();
    for (const pod of ['a', 'b', 'c', 'd', 'e']) problems.add('PodOnUnknownNode', `pod ${pod}`);
    problems.add('InvalidQuantity', 'pod x');
    problems.add('PodOnUnknownNode', 'pod f');
    assert.deepEqual(problems.list(), [
      { reason: 'PodOnUnknownNode', count: 6, examples: ['pod a', 'pod b', 'pod c'] },
      { reason: 'InvalidQuantity', count: 1, examples: ['pod x'] },
    ]);
  });

  test('an example is not longer than 200 characters', () => {
    const problems = createProblems();
    problems.add('InvalidQuantity', 'x'.repeat(5_000));
    assert.equal(problems.list()[0]?.examples[0]?.length, 200);
  });

  test('a list is a copy: what is added later is not in it', () => {
    const problems = createProblems();
    problems.add('InvalidQuantity', 'a');
    const list = problems.list();
    problems.add('InvalidQuantity', 'b');
    assert.deepEqual(list, [{ reason: 'InvalidQuantity', count: 1, examples: ['a'] }]);
  });
});
