import { parse, YAMLParseError } from 'yaml';
import { ConfigError } from './errors.ts';

/** `what` is for the error: "config file x.yaml". */
export function parseYaml(text: string, what: string): unknown {
  try {
    return parse(text, { logLevel: 'error' }) as unknown;
  } catch (error) {
    // the parser's message quotes the lines around the mistake, and those may hold a token: only the place is told
    const place = error instanceof YAMLParseError ? error.linePos?.[0] : undefined;
    if (error instanceof YAMLParseError && error.code === 'MULTIPLE_DOCS')
      throw new ConfigError(`${what} holds several documents: give one of them`);
    const where = place === undefined ? '' : ` (line ${place.line}, column ${place.col})`;
    throw new ConfigError(
      `${what} is not YAML${where}: correct it, or write it anew with the tool that made it`,
    );
  }
}
