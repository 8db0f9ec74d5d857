/** What went wrong in Athena, in a sentence that says what to do. */
import { awsFailureOf, reasonOfFailure } from '../../aws.ts';
import { ConfigError, StoreError } from '../../errors.ts';

export interface AthenaPlace {
  readonly workgroup: string;
  readonly database: string;
}

/** Of a query that ended in another way than with its rows; as GetQueryExecution has it. */
interface Ended {
  readonly Status?:
    | {
        readonly State?: string | undefined;
        readonly StateChangeReason?: string | undefined;
        readonly AthenaError?: { readonly ErrorCategory?: number | undefined } | undefined;
      }
    | undefined;
}

/** One request was refused, or never answered. */
export function requestFailure(action: string, error: unknown, place: AthenaPlace): Error {
  const failure = awsFailureOf(error);
  const { code, message } = failure;
  if (code === 'InvalidRequestException') {
    if (/work ?group/i.test(message) && /not found|not exist|disabled/i.test(message))
      return new ConfigError(
        `Athena has no workgroup ${place.workgroup} for us (${message}): check --athena-workgroup and --region`,
        { cause: error },
      );
    if (/output location/i.test(message))
      return new ConfigError(
        `the workgroup ${place.workgroup} has no place for results: set its output location, or name another with --athena-workgroup`,
        { cause: error },
      );
    return new ConfigError(`the query was not answered: ${oneLine(message)}`, { cause: error });
  }
  const where = action === 'GetQueryResults' ? ', and s3:GetObject on its results,' : '';
  const reason = reasonOfFailure(
    failure,
    `grant athena:${action} on the workgroup ${place.workgroup}${where} to this role (see README, Athena)`,
  );
  return new StoreError(`could not ask Athena: ${reason}`, { cause: error });
}

const systemError = 1;

/** The query failed, or was cancelled by somebody else. `lineShift`: lines that stand before what was asked. */
export function refusalOf({ Status }: Ended, lineShift: number, place: AthenaPlace): Error {
  const said = oneLine(Status?.StateChangeReason ?? 'it does not say why');
  const missing = missingPermission(said, place);
  if (missing !== null)
    return new StoreError(
      `the query was not answered: Athena may not read or write for us (${said}): ${missing}`,
    );
  if (/bytes scanned limit/i.test(said))
    return new ConfigError(
      `the query was stopped by the limit of the workgroup ${place.workgroup} (${said}): ask for less time or one cluster`,
    );
  if (lacksTables(said))
    return new ConfigError(
      `the database ${place.database} is not there, or has not the tables of the stack (${said}): check --athena-database and --region, and deploy the stack again where it is older`,
    );
  if (Status?.State === 'CANCELLED') return new StoreError(`the query was cancelled in Athena: ${said}`);
  if (Status?.AthenaError?.ErrorCategory === systemError)
    return new StoreError(`Athena failed: ${said}: try again`);
  return new ConfigError(`the query was not answered: ${ownLines(said, lineShift)}`);
}

function lacksTables(said: string): boolean {
  return (
    /SCHEMA_NOT_FOUND|Database \S+ not found/i.test(said) ||
    /TABLE_NOT_FOUND.*\.(?:summaries|(?:nodes|workloads)(?:_compacted)?)'? /i.test(said)
  );
}

/** What to grant; null where that is not what is wrong. */
function missingPermission(said: string, { workgroup, database }: AthenaPlace): string | null {
  if (
    !/access ?denied|permission denied|not authorized|insufficient permissions|status code: 403/i.test(said)
  )
    return null;
  const glue = /glue:\w+/i.exec(said)?.[0];
  const what =
    glue !== undefined
      ? `${glue} on the database ${database} and its tables (they are glue:GetDatabase and glue:GetTable)`
      : /writing|output|PutObject/i.test(said)
        ? `s3:PutObject on the place for results of the workgroup ${workgroup}`
        : 's3:GetObject and s3:ListBucket on the bucket of the snapshots';
  return `grant ${what} to this role (see README, Athena)`;
}

function oneLine(text: string): string {
  return text.trim().replaceAll(/\s+/g, ' ');
}

/** Places in the statement as it was asked, and not with the views before it. */
function ownLines(said: string, lineShift: number): string {
  return said.replaceAll(/\bline (\d+):/g, (whole, line: string) =>
    Number(line) > lineShift ? `line ${Number(line) - lineShift}:` : whole,
  );
}
