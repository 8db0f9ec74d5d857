/** Label selectors against a lexer and a parser of Kubernetes' grammar, which share nothing with the pattern they check. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { labelSelectorProblem, podFieldSelectorProblem } from '../../lib/model/selector.ts';
import { within } from '../support/within.ts';
import { target } from './target.ts';

const symbols = ['==', '!=', '=', '!', '<', '>', '(', ')', ','];

/** Symbols, and whatever stands between them and blanks. */
function lex(text: string): string[] {
  const tokens: string[] = [];
  let word = '';
  const endWord = (): void => {
    if (word !== '') tokens.push(word);
    word = '';
  };
  for (let at = 0; at < text.length;) {
    const symbol = symbols.find((each) => text.startsWith(each, at));
    if (symbol !== undefined || text.charAt(at).trim() === '') {
      endWord();
      if (symbol !== undefined) tokens.push(symbol);
      at += symbol?.length ?? 1;
    } else word += text.charAt(at++);
  }
  endWord();
  return tokens;
}

function isSelector(text: string): boolean {
  const tokens = lex(text);
  const take = (...wanted: string[]): string | null =>
    wanted.includes(tokens[0] ?? '') ? (tokens.shift() ?? '') : null;
  const key = (): boolean => isKey(tokens.shift() ?? '');
  const value = (): boolean =>
    tokens[0] === undefined || symbols.includes(tokens[0]) || isName(tokens.shift() ?? '');
  const set = (): boolean => {
    if (take('(') === null || tokens[0] === ')') return false;
    do if (!value()) return false;
    while (take(',') !== null);
    return take(')') !== null;
  };
  const requirement = (): boolean => {
    if (take('!') !== null) return key();
    if (!key()) return false;
    if (take('=', '==', '!=') !== null) return value();
    if (take('in', 'notin') !== null) return set();
    if (take('<', '>') !== null) return isDigits(tokens.shift() ?? '');
    return true;
  };
  do if (!requirement()) return false;
  while (take(',') !== null);
  return tokens.length === 0;
}

const [lower, digits] = ['abcdefghijklmnopqrstuvwxyz', '0123456789'];
const letters = lower + lower.toUpperCase() + digits;
const madeOf = (text: string, characters: string): boolean =>
  Array.from(text).every((each) => characters.includes(each));
const isDigits = (text: string): boolean => text !== '' && madeOf(text, digits);
const framed = (text: string, ends: string, inner: string): boolean =>
  text !== '' && madeOf(text, ends + inner) && ends.includes(text.charAt(0)) && ends.includes(text.slice(-1));
const isName = (text: string): boolean => text.length <= 63 && framed(text, letters, '-_.');

function isKey(text: string): boolean {
  const [name = '', ...prefixes] = text.split('/').toReversed();
  if (!isName(name) || prefixes.length > 1) return false;
  const [prefix] = prefixes;
  if (prefix === undefined) return true;
  return prefix.length <= 253 && prefix.split('.').every((label) => framed(label, lower + digits, '-'));
}

const names = fc.oneof(
  fc.constantFrom(
    'a',
    'pool',
    'in',
    'notin',
    'karpenter.sh/nodepool',
    'x'.repeat(63),
    'x'.repeat(64),
    'a.b-c_d',
    '-a',
    'a.',
    '',
    'A.b/c',
    '1',
    '/',
    'é',
  ),
  fc.string({ unit: fc.constantFrom(...Array.from('aB1-_./ ')), maxLength: 12 }),
);
const blanks = fc.constantFrom('', '', ' ', '  ', '\t', '     ');
const sets = fc
  .tuple(blanks, fc.array(fc.tuple(names, blanks), { maxLength: 30 }))
  .map(([blank, values]) => `(${blank}${values.map((parts) => parts.join('')).join(`,${blank}`)})`);
const requirements = fc.oneof(
  fc
    .tuple(names, blanks, fc.constantFrom('=', '==', '!=', '<', '>', '=>'), blanks, names)
    .map((parts) => parts.join('')),
  fc
    .tuple(names, fc.constantFrom(' ', '  ', ''), fc.constantFrom('in', 'notin', 'is'), blanks, sets)
    .map((parts) => parts.join('')),
  fc.tuple(fc.constantFrom('', '!', '! ', '!!'), names).map((parts) => parts.join('')),
);
const selectors = fc.oneof(
  fc.array(requirements, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(',')),
  fc.string({ unit: fc.constantFrom(...Array.from('ab1-_./ \t(),!=<>in')), minLength: 1, maxLength: 40 }),
  // sets that do not end well
  sets.map((set) => `a in ${set.slice(0, -1)}!)`),
);

export const selectorTarget = target(
  {
    name: 'selector',
    holds: 'a label selector is taken where the grammar takes it, in no time',
    runs: 1_000,
  },
  selectors,
  (text) => {
    const problem: { value: string | null } = { value: null };
    within(1_000, () => (problem.value = labelSelectorProblem(text)));
    assert.equal(problem.value === null, isSelector(text), problem.value ?? 'it was taken');
    within(1_000, () => podFieldSelectorProblem(text));
  },
);
