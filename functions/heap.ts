/**
 * Keeps V8 from taking memory that it would fill with garbage: by default the young generation grows to 48 MB and the
 * heap to several times what lives in it. For a job in a container of 128 MiB; it costs about a tenth more CPU time.
 * Both flags are read at every collection. Imported before all else, since memory once taken is not given back.
 */
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';

if (process.argv.includes('snapshot') || process.env['AWS_LAMBDA_FUNCTION_NAME'] !== undefined) {
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--heap-growing-percent=20');
}
