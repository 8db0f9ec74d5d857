/**
 * A statement in SQL as far as we must know it to put views before it: its words, without texts and comments. What it
 * means is for the engine.
 */
import { ConfigError } from '../../errors.ts';

export interface Statement {
  /** Of WITH; null where it begins with none. */
  readonly withKind: 'plain' | 'recursive' | null;
  /** Names that its WITH gives, in lower case. */
  readonly names: ReadonlySet<string>;
  /** Tables that it may read, in lower case, without those of other databases; rather one too many. */
  readonly tables: ReadonlySet<string>;
  /** What is behind WITH, or all of it; without the semicolon at its end. */
  readonly text: string;
  /** Lines of the original before that. */
  readonly linesBefore: number;
}

interface Token {
  /** Of a word in lower case; of a quoted name what is within; of anything else one character. */
  readonly text: string;
  readonly kind: 'word' | 'quoted' | 'sign';
  readonly start: number;
  readonly end: number;
}

/** Throws a ConfigError where it is not one SELECT. */
export function parseStatement(sql: string): Statement {
  const all = tokensOf(sql);
  const tokens = all.slice(0, all.findLastIndex(({ text }) => text !== ';') + 1);
  const [first, last] = [tokens[0], tokens.at(-1)];
  if (first === undefined || last === undefined) throw new ConfigError('there is no statement');
  if (tokens.some(({ text, kind }) => kind === 'sign' && text === ';'))
    throw new ConfigError('one statement at a time: there is a semicolon within');
  if (!/^(?:select|with|values|table|\()$/.test(first.text))
    throw new ConfigError('only a SELECT is answered: snapshots are not changed by SQL');
  const tables = tablesOf(tokens);
  const from = (token: Token): Pick<Statement, 'tables' | 'text' | 'linesBefore'> => ({
    tables,
    text: sql.slice(token.start, last.end),
    linesBefore: sql.slice(0, token.start).split('\n').length - 1,
  });
  if (first.text !== 'with') return { withKind: null, names: new Set(), ...from(first) };
  const recursive = tokens[1]?.text === 'recursive';
  const begin = recursive ? 2 : 1;
  return {
    withKind: recursive ? 'recursive' : 'plain',
    names: withNames(tokens, begin),
    ...from(tokens[begin] ?? last),
  };
}

/** name [(columns)] AS (query), and so on, with commas between; what is none of it the engine will refuse. */
function withNames(tokens: readonly Token[], begin: number): Set<string> {
  const names = new Set<string>();
  for (let next = begin; ; next += 1) {
    const name = tokens[next];
    if (name === undefined || name.kind === 'sign') return names;
    names.add(name.text.toLowerCase());
    const as = tokens[next + 1]?.text === '(' ? behindParenthesis(tokens, next + 1) : next + 1;
    if (tokens[as]?.text !== 'as' || tokens[as + 1]?.text !== '(') return names;
    next = behindParenthesis(tokens, as + 1);
    if (tokens[next]?.text !== ',') return names;
  }
}

function behindParenthesis(tokens: readonly Token[], begin: number): number {
  let depth = 0;
  for (let index = begin; index < tokens.length; index++) {
    const { kind, text } = tokens[index] as Token;
    if (kind !== 'sign') continue;
    if (text === '(') depth += 1;
    if (text === ')' && --depth === 0) return index + 1;
  }
  throw new ConfigError('the query was not answered: a parenthesis is not closed');
}

const beginsQuery = /^(?:select|with|values|table|lateral|unnest)$/;
const endsFrom = /^(?:select|where|group|having|order|limit|union|intersect|except|window|offset)$/;

/** Names where a table may stand: behind FROM, JOIN and TABLE, and behind commas and parentheses of a FROM. */
function tablesOf(tokens: readonly Token[]): Set<string> {
  const tables = new Set<string>();
  const inFrom = [false];
  let before = '';
  for (const [index, { kind, text }] of tokens.entries()) {
    const word = kind === 'word' ? text : '';
    const opens = /^(?:from|join|table)$/.test(before) || (inFrom.at(-1) === true && /^[,(]$/.test(before));
    const qualified = tokens[index + 1]?.text === '.' || before === '.';
    if (kind !== 'sign' && opens && !qualified && !beginsQuery.test(word)) tables.add(text.toLowerCase());
    if (kind === 'sign' && text === '(') inFrom.push(inFrom.at(-1) === true && opens);
    if (kind === 'sign' && text === ')' && inFrom.length > 1) inFrom.pop();
    if (word === 'from' || word === 'join') inFrom[inFrom.length - 1] = true;
    if (endsFrom.test(word)) inFrom[inFrom.length - 1] = false;
    before = kind === 'quoted' ? '' : text;
  }
  return tables;
}

/** Comments, texts, quoted names, words and numbers, signs. */
const lexer =
  /(?<skipped>\s+|--[^\n]*|\/\*[\s\S]*?\*\/)|(?<text>'(?:[^']|'')*')|"(?<quoted>(?:[^"]|"")*)"|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<number>\d[\w.]*)|(?<sign>[\s\S])/gu;

function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  for (const match of sql.matchAll(lexer)) {
    const { quoted, word, sign, text, number } = match.groups ?? {};
    const [start, end] = [match.index, match.index + match[0].length];
    if (sign === "'" || sign === '"')
      throw new ConfigError(`the query was not answered: a ${sign} is not closed`);
    if (quoted !== undefined) tokens.push({ kind: 'quoted', text: quoted.replaceAll('""', '"'), start, end });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word.toLowerCase(), start, end });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign, start, end });
    else if (text !== undefined || number !== undefined) tokens.push({ kind: 'sign', text: ' ', start, end });
  }
  return tokens;
}
