const UNRELEASED = '## [Unreleased]\n';

/**
 * Gives what is under "Unreleased" in a changelog (Keep a Changelog) a version and a date, and leaves "Unreleased" empty.
 * @throws if nothing is unreleased
 */
export function release(changelog: string, version: string, date: string): string {
  const [before, after, ...more] = changelog.split(UNRELEASED);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`CHANGELOG.md needs one line "${UNRELEASED.trim()}".`);
  }
  if (/^\s*(## |$)/.test(after)) {
    throw new Error('CHANGELOG.md has nothing under "Unreleased": describe there what changes for users.');
  }
  return `${before}${UNRELEASED}\n## [${version}] - ${date}\n${after}`;
}
