/** What serverless.yml takes from code: osls calls this with the parameters of a deployment. */
module.exports = async ({ resolveVariable }) => {
  const { stack } = await import('./aws/stack.ts');
  const names = ['cluster', 'intervalMinutes', 'subnetIds', 'securityGroupIds'];
  const values = await Promise.all(names.map((name) => resolveVariable(`param:${name}`)));
  return stack(Object.fromEntries(names.map((name, index) => [name, String(values[index])])));
};
