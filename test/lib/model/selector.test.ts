import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isLabelKey, labelSelectorProblem, podFieldSelectorProblem } from '../../../lib/model/selector.ts';

suite('label keys', () => {
  const right = [
    'pool',
    'Pool_1.x',
    'a',
    '1',
    'karpenter.sh/nodepool',
    'topology.kubernetes.io/zone',
    'node-role.kubernetes.io/control-plane',
    'x'.repeat(63),
    `${'a.'.repeat(126)}b/name`,
  ];
  for (const key of right) {
    test(`"${key.slice(0, 60)}" is one`, () => assert.equal(isLabelKey(key), true));
  }
  const wrong = [
    '',
    ' ',
    'a b',
    '-a',
    'a-',
    '.a',
    'a.',
    '_',
    'a/b/c',
    '/a',
    'a/',
    'A.example.com/name',
    '-a.example.com/name',
    'a_b.example.com/name',
    'a..b/name',
    'a.-b/name',
    'pool=web',
    'pöol',
    'pool\n',
    '<none>',
    'x'.repeat(64),
    `${'a.'.repeat(127)}b/name`,
  ];
  for (const key of wrong) {
    test(`${JSON.stringify(key.slice(0, 60))} is none`, () => assert.equal(isLabelKey(key), false));
  }
});

suite('label selectors', () => {
  test('of many empty values and many blanks are refused at once', () => {
    const selector = `pool in (a${',    '.repeat(200)}! )`;
    assert.equal(
      labelSelectorProblem(selector),
      `"${selector}" is not a label requirement (key=value, key in (a, b), !key)`,
    );
  });

  const right = [
    'pool',
    '!pool',
    '! pool',
    'pool=web',
    'pool==web',
    'pool!=web',
    'pool = web',
    'pool=',
    'pool!=',
    ' pool=web ',
    'pool in (web)',
    'pool in (web,batch)',
    'pool in ( web , batch )',
    'pool in(web)',
    'pool in (,web)',
    'pool notin (web, batch)',
    'cpus>4',
    'cpus < 16',
    'pool=web,tier in (a, b),!spot',
    'a,b,c',
    'in in (in)',
    'kubernetes.io/arch=arm64,karpenter.sh/capacity-type notin (spot)',
  ];
  for (const selector of right) {
    test(`"${selector}" is one`, () => assert.equal(labelSelectorProblem(selector), null));
  }
  const wrong: readonly (readonly [selector: string, part: string])[] = [
    ['=', '='],
    ['=web', '=web'],
    ['pool=web,', ''],
    [',pool=web', ''],
    ['a,,b', ''],
    ['pool===web', 'pool===web'],
    ['pool=web=x', 'pool=web=x'],
    ['pool web', 'pool web'],
    ['pool=we b', 'pool=we b'],
    ['pool=-web', 'pool=-web'],
    ['!pool=web', '!pool=web'],
    ['!', '!'],
    ['pool in web', 'pool in web'],
    ['pool in (web', 'pool in (web'],
    ['pool in', 'pool in'],
    ['pool within (web)', 'pool within (web)'],
    ['pool notin web', 'pool notin web'],
    ['cpus>four', 'cpus>four'],
    ['cpus>', 'cpus>'],
    ['a/b/c=d', 'a/b/c=d'],
    ['fine,pool=?', 'pool=?'],
    [`pool=${'x'.repeat(64)}`, `pool=${'x'.repeat(64)}`],
    ['pool\u0000', 'pool\u0000'],
  ];
  for (const [selector, part] of wrong) {
    test(`${JSON.stringify(selector)} is none, and the part at fault is named`, () => {
      assert.equal(
        labelSelectorProblem(selector),
        `"${part}" is not a label requirement (key=value, key in (a, b), !key)`,
      );
    });
  }

  test('an empty set of values is refused here, since the server refuses it', () => {
    assert.notEqual(labelSelectorProblem('pool in ()'), null);
    assert.notEqual(labelSelectorProblem('pool notin ( )'), null);
  });

  test('a hostile one is judged in no time', () => {
    const startedMs = performance.now();
    for (const text of ['(', ',(', 'a in (', 'a in (b,', '!', ' ', 'a.', '-'])
      labelSelectorProblem(text.repeat(20_000));
    assert.ok(performance.now() - startedMs < 2000);
  });
});

suite('field selectors of pods', () => {
  const right = [
    'status.phase=Running',
    'status.phase==Running',
    'status.phase!=Succeeded,status.phase!=Failed',
    'spec.nodeName=',
    'spec.nodeName!=',
    'metadata.namespace=kube-system',
    'spec.nodeName=ip-10-0-0-1.ec2.internal',
  ];
  for (const selector of right) {
    test(`"${selector}" is one`, () => assert.equal(podFieldSelectorProblem(selector), null));
  }

  const wrong = [
    'status.phase',
    '=Running',
    'status.phase>1',
    'status.phase=a=b',
    'status.phase=a b',
    'status.phase in (a)',
    '!a',
  ];
  for (const selector of wrong) {
    test(`"${selector}" is none`, () => {
      assert.equal(
        podFieldSelectorProblem(selector),
        `"${selector}" is not a field requirement (field=value or field!=value)`,
      );
    });
  }

  test('a field that pods cannot be selected by is named, with those that they can', () => {
    assert.equal(
      podFieldSelectorProblem('status.phase=Running,spec.priority=0'),
      'pods cannot be selected by "spec.priority", only by metadata.name, metadata.namespace, spec.nodeName, spec.restartPolicy, spec.schedulerName, spec.serviceAccountName, spec.hostNetwork, status.phase, status.podIP, status.nominatedNodeName',
    );
    assert.match(
      podFieldSelectorProblem('Status.Phase=Running') ?? '',
      /^pods cannot be selected by "Status\.Phase"/,
    );
  });

  test('blanks are refused here: the server takes them for a part of the name of the field', () => {
    assert.notEqual(podFieldSelectorProblem('status.phase = Running'), null);
    assert.notEqual(podFieldSelectorProblem('status.phase=Running, spec.nodeName=x'), null);
  });
});
