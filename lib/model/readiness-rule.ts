/**
 * What a node must show before work should go to it, written as the spec of a NodeReadinessRule is
 * (https://github.com/kubernetes-sigs/node-readiness-controller), so that one can be pasted.
 */
import type { LabelSelector } from './constraints.ts';
import type { ConditionStatus } from './node.ts';
import * as z from './schema.ts';
import { isLabelKey, isLabelValue } from './selector.ts';

export interface ReadinessRule {
  readonly name: string;
  /** All of them must hold. */
  readonly conditions: readonly RequiredCondition[];
  /** What keeps pods away until they do; null: the rule names none. */
  readonly taint: RuleTaint | null;
  /** Which nodes it is about; an empty one is about all. */
  readonly nodeSelector: LabelSelector;
}

export interface RequiredCondition {
  readonly type: string;
  readonly requiredStatus: ConditionStatus;
}

/** null: any. */
export interface RuleTaint {
  readonly key: string;
  readonly value: string | null;
  readonly effect: string | null;
}

const [maxRules, maxConditions] = [20, 10];

const text = z.string({
  error: ({ input }) =>
    input === undefined ? 'is missing' : 'must be a text (quote numbers, true and false)',
});
const labelKey = text.check(z.refine(isLabelKey, 'must be a key such as example.com/name'));
const labelValue = text.check(z.refine(isLabelValue, 'must be a value as labels have it'));
/** Gauges have it as a dimension and a label, rows as a key. */
const name = text.check(
  z.refine(
    (value) => value !== '' && isLabelValue(value),
    'must be 1 to 63 letters, digits, dashes, dots and underscores, with a letter or digit at both ends',
  ),
);

/** Names what is not known and what is, and what is no map at all. */
function only<T extends Parameters<typeof z.strictObject>[0]>(
  shape: T,
): ReturnType<typeof z.strictObject<T>> {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `has no ${issue.keys.join(', ')} (there are ${known})`
        : `must be a map of ${known}`,
  });
}

/** Of the items, at the one that comes second. */
function eachOnce<T>(textOf: (item: T) => string, what: string): ReturnType<typeof z.superRefine<T[]>> {
  return z.superRefine((items, context) => {
    const texts = items.map(textOf);
    for (const [index, each] of texts.entries())
      if (texts.indexOf(each) < index)
        context.addIssue({ code: 'custom', path: [index, what], message: `${each} stands twice` });
  });
}

/** YAML reads True and False as booleans where they are not quoted. */
const requiredStatus = z._default(
  z.pipe(
    z.union([z.enum(['True', 'False', 'Unknown']), z.boolean()], 'must be True, False or Unknown'),
    z.transform((value): ConditionStatus => (value === true ? 'True' : value === false ? 'False' : value)),
  ),
  'True',
);

const conditions = z.array(only({ type: labelKey, requiredStatus }), 'must be a list of conditions').check(
  z.minLength(1, 'must be at least one'),
  z.maxLength(maxConditions, `must be ${maxConditions} or fewer`),
  eachOnce(({ type }) => type, 'type'),
);

const taint = z.pipe(
  only({
    key: labelKey,
    value: z.nullish(labelValue),
    effect: z.nullish(
      z.enum(
        ['NoSchedule', 'PreferNoSchedule', 'NoExecute'],
        'must be NoSchedule, PreferNoSchedule or NoExecute',
      ),
    ),
  }),
  z.transform(({ key, value = null, effect = null }): RuleTaint => ({ key, value, effect })),
);

/** As the API server checks it: operators that compare with values have some, the others none. */
const expression = z.pipe(
  only({
    key: labelKey,
    operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist'], 'must be In, NotIn, Exists or DoesNotExist'),
    values: z.nullish(z.array(labelValue, 'must be a list of values')),
  }).check(
    z.refine(
      ({ operator, values }) => operator.endsWith('In') === (values ?? []).length > 0,
      'must have values with In and NotIn, and none with Exists and DoesNotExist',
    ),
  ),
  z.transform(({ key, operator, values }) => ({ key, operator, values: values ?? [] })),
);

const nodeSelector = z.pipe(
  only({
    matchLabels: z.nullish(
      z.record(labelKey, labelValue, {
        error: ({ code }) =>
          code === 'invalid_key' ? 'is not the key of a label' : 'must be a map of labels',
      }),
    ),
    matchExpressions: z.nullish(z.array(expression, 'must be a list of expressions')),
  }),
  z.transform(({ matchLabels, matchExpressions }): LabelSelector => ({
    matchLabels: new Map(Object.entries(matchLabels ?? {})),
    matchExpressions: matchExpressions ?? [],
  })),
);

const rule = z.pipe(
  only({
    name,
    conditions,
    taint: z.nullish(taint),
    nodeSelector: z.nullish(nodeSelector),
    // what the controller does about a node, which changes nothing in what is counted: it may stay
    enforcementMode: z.optional(z.unknown()),
    dryRun: z.optional(z.unknown()),
  }),
  z.transform((given): ReadinessRule => ({
    name: given.name,
    conditions: given.conditions,
    taint: given.taint ?? null,
    nodeSelector: given.nodeSelector ?? { matchLabels: new Map(), matchExpressions: [] },
  })),
);

/** A list of rules, as a YAML or JSON document has it. */
export const readinessRulesSchema: z.ZodType<readonly ReadinessRule[]> = z
  .array(rule, 'must be a list of rules')
  .check(
    z.maxLength(maxRules, `must be ${maxRules} or fewer`),
    eachOnce((each) => each.name, 'name'),
  );
