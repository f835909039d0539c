// Runs before every command. Plain JavaScript on purpose: an old Node must be able to read it and say what is wrong.
const wanted = [22, 19];
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < wanted[0] || (major === wanted[0] && minor < wanted[1])) {
  console.error(
    [
      `This command runs TypeScript directly and needs Node ${wanted.join('.')} or newer: this is Node ${process.versions.node}.`,
      '',
      'The repository installs its own Node 24 as a development dependency, so this usually means that the',
      'installation failed just above (no network, no `npm` on the PATH, or a lockfile that does not match).',
      '',
      'Look at the first error above, then run   npx -y pnpm@12 install   and this command again.',
      'On a system that the `node` package has no binary for (Alpine, for one), install Node 24 yourself.',
    ].join('\n'),
  );
  process.exit(1);
}
