import { fileURLToPath } from 'node:url';
import { freePort } from '@agentlightning/core/testing';
import type { Part, Stage } from '../part.ts';
import { Program } from '../program.ts';
import { untilHealthy } from '../until-healthy.ts';

const AGL = fileURLToPath(new URL('../../../packages/cli/src/agl.ts', import.meta.url));

/** Python's runner and client on `agl store`, of which they know the URL alone. */
export const aglStore: Part = {
  name: 'agl-store',
  title: "Python's runner and client know our agl store by its URL alone",
  deadlineMs: 120_000,
  async run(stage) {
    await meet(stage, ['--memory', '--no-auth']);
    await meet(stage, ['--memory'], 'a-token-of-the-interop-run');
  },
};

async function meet(stage: Stage, args: readonly string[], token?: string): Promise<void> {
  const port = await freePort();
  const agl = new Program({
    name: 'agl store',
    command: [process.execPath, AGL, 'store', '--port', String(port), ...args],
    env: { AGL_TOKEN: token ?? '' },
  });
  stage.closeLater(() => agl[Symbol.asyncDispose]());
  await untilHealthy(`http://127.0.0.1:${port}`, stage.signal);
  const login = token === undefined ? '' : `agl:${token}@`;
  await stage.python('use_agl_store.py', [], `http://${login}127.0.0.1:${port}`).result();
  agl.interrupt();
  stage.checks.equal(`agl store ${args.join(' ')} ends by Ctrl-C`, await agl.ended, 130);
}
