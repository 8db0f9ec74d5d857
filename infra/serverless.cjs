/** What serverless.yml takes from code: osls calls this with the parameters of a deployment. */
module.exports = async ({ options, resolveVariable }) => {
  const { checkNames, parameterNames, stack } = await import('./aws/stack.ts');
  checkNames(options.param ?? []);
  const values = await Promise.all(parameterNames.map((name) => resolveVariable(`param:${name}`)));
  return stack(Object.fromEntries(parameterNames.map((name, index) => [name, String(values[index])])));
};
