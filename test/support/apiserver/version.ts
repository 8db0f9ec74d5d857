/** `/version` for a release such as `1.36.2` or `1.33.4-eks-1a2b3c4`. Indented, without a final newline. */
export function versionBody(release: string): Buffer {
  const [, major = '1', minor = '36'] = /^v?(\d+)\.(\d+)/.exec(release) ?? [];
  const gitVersion = release.startsWith('v') ? release : `v${release}`;
  // Managed services append a plus sign: minor "33+".
  const shownMinor = gitVersion.includes('-') ? `${minor}+` : minor;
  const version = {
    major,
    minor: shownMinor,
    // Servers before 1.33 do not have the next four.
    ...(Number(minor) < 33
      ? {}
      : {
          emulationMajor: major,
          emulationMinor: minor,
          minCompatibilityMajor: major,
          minCompatibilityMinor: String(Number(minor) - 1),
        }),
    gitVersion,
    gitCommit: '98b35193b2ac7a23a673325f5e9b830ecd5ba406',
    gitTreeState: 'clean',
    buildDate: '2026-08-21T11:29:11Z',
    goVersion: 'go1.26.10',
    compiler: 'gc',
    platform: 'linux/amd64',
  };
  return Buffer.from(JSON.stringify(version, null, 2));
}
