/** The packaged stack against CloudFormation's own rules. */
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate';

/** Says what is found; a warning is a failure. */
export function checkTemplate(file: string): boolean {
  const engine = new RegoEngine();
  try {
    const { diagnostics } = engine.validateStandard(new TemplateFile(file));
    const findings = diagnostics.filter(({ severity }) => severity !== 'INFO');
    for (const { severity, ruleId, entity, propertyPath, message } of findings)
      console.error(`${severity} ${ruleId} ${entity?.logicalId ?? ''} ${propertyPath ?? ''}: ${message}`);
    console.log(`the stack's template: ${findings.length} findings at WARN or above`);
    return findings.length === 0;
  } finally {
    engine.free();
  }
}
