/** `npm run package`, last half: the packaged stack against CloudFormation's own rules; a warning is a failure. */
import path from 'node:path';
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';

const template = path.join(
  import.meta.dirname,
  '..',
  '.serverless',
  'cloudformation-template-update-stack.json',
);
const engine = new RegoEngine();
try {
  const { diagnostics } = engine.validateStandard(new TemplateFile(template));
  const findings = diagnostics.filter(({ severity }) => severity !== 'INFO');
  for (const { severity, ruleId, entity, propertyPath, message } of findings)
    console.error(`${severity} ${ruleId} ${entity?.logicalId ?? ''} ${propertyPath ?? ''}: ${message}`);
  console.log(`the stack's template: ${findings.length} findings at WARN or above`);
  if (findings.length > 0) process.exitCode = 1;
} finally {
  engine.free();
}
