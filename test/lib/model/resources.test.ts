import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { addTotals, isAccounted, toTotals } from '../../../lib/model/resources.ts';
import { resources } from '../../support/builders.ts';

suite('the resources that the scheduler keeps account of', () => {
  const accounted = {
    'the three it has fields for': ['cpu', 'memory', 'ephemeral-storage'],
    'huge pages of any size': ['hugepages-2Mi', 'hugepages-1Gi', 'hugepages-'],
    'attachable volumes': ['attachable-volumes-aws-ebs', 'attachable-volumes-csi-x.y/z'],
    'native ones with a prefix': [
      'kubernetes.io/x',
      'foo.kubernetes.io/x',
      'deviceclass.resource.kubernetes.io/gpu',
    ],
    'extended ones': [
      'nvidia.com/gpu',
      'amd.com/GPU_1.x',
      'smarter-devices/fuse',
      '1.2/3',
      'kubernetes.ioo/x',
    ],
    'a name of 63 characters': [`example.com/${'y'.repeat(63)}`],
    'a domain that is 253 characters long with "requests." before it': [`${'d'.repeat(241)}.io/x`],
  };
  for (const [what, names] of Object.entries(accounted)) {
    test(`counts ${what}`, () => assert.deepEqual(names.filter(isAccounted), names));
  }

  const dropped = {
    'native names without a prefix': [
      'storage',
      'CPU',
      'limits.cpu',
      'attachable-volumes',
      'my.hugepages-2Mi',
      '',
    ],
    'pods, of which each takes exactly one': ['pods'],
    'names of quotas': ['requests.cpu', 'requests.nvidia.com/gpu', 'count/pods '],
    'what is not a qualified name': [
      'a/b/c',
      '/x',
      'x/',
      'UPPER.com/x',
      'example.com/-x',
      'a_b.com/x',
      'example.com/x y',
    ],
    'a domain with an empty or dashed label': [
      'example..com/x',
      'bad-.com/x',
      'bad.-com/x',
      'bad.com-/x',
      '-bad.com/x',
    ],
    'a name of 64 characters': [`example.com/${'y'.repeat(64)}`],
    'a domain that is longer than 253 characters with "requests." before it': [`${'d'.repeat(242)}.io/x`],
  };
  for (const [what, names] of Object.entries(dropped)) {
    test(`drops ${what}`, () => assert.deepEqual(names.filter(isAccounted), []));
  }
});

suite('totals', () => {
  test('cpu is counted in milli, everything else in whole units, each rounded up', () => {
    const list = resources({
      cpu: '100.1m',
      memory: '1500m',
      pods: '110',
      'nvidia.com/gpu': '1',
      'hugepages-2Mi': '4Mi',
    });
    assert.deepEqual(
      toTotals(list),
      new Map([
        ['cpu', 101n],
        ['memory', 2n],
        ['pods', 110n],
        ['nvidia.com/gpu', 1n],
        ['hugepages-2Mi', 4_194_304n],
      ]),
    );
  });

  test('a resource of 0 is named, one that nobody names is not', () => {
    assert.deepEqual(toTotals(resources({ cpu: '0' })), new Map([['cpu', 0n]]));
  });

  test('totals are added as often as asked, and also taken away', () => {
    const totals = new Map([['cpu', 100n]]);
    addTotals(
      totals,
      new Map([
        ['cpu', 250n],
        ['memory', 10n],
      ]),
      3n,
    );
    assert.deepEqual(
      totals,
      new Map([
        ['cpu', 850n],
        ['memory', 30n],
      ]),
    );
    addTotals(totals, new Map([['memory', 30n]]), -1n);
    assert.deepEqual(
      totals,
      new Map([
        ['cpu', 850n],
        ['memory', 0n],
      ]),
    );
  });
});
