import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { spawnSimulatedLlm, startSimulatedLlm } from '../src/index.ts';

const body = JSON.stringify({ model: 'sim-agent-weak', messages: [{ role: 'user', content: 'Hello' }] });

/** Resolves when nobody listens at the URL any more. */
async function untilGone(url: string): Promise<void> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer === undefined) return;
    await answer.text();
    await new Promise(setImmediate);
  }
}

describe('spawnSimulatedLlm()', () => {
  it('serves from a process of its own, counts there, and ends it when closed', async () => {
    const server = await spawnSimulatedLlm({ seed: 3, apiKey: 'key' });
    expect(server.pid).not.toBe(process.pid);
    const ask = () =>
      fetch(`${server.baseUrl}/chat/completions`, { method: 'POST', body, headers: { authorization: 'Bearer key' } });
    expect((await ask()).status).toBe(200);
    expect(await server.stats()).toMatchObject({ calls: 1 });
    expect(await server.requests()).toHaveLength(1);
    await server.resetStats();
    expect(await server.stats()).toMatchObject({ calls: 0 });
    await Promise.all([server.close(), server.close()]);
    expect(() => process.kill(server.pid, 0)).toThrow('ESRCH');
  });

  it('answers as the server in this process does', async () => {
    const [own, child] = await Promise.all([startSimulatedLlm(), spawnSimulatedLlm()]);
    const answers = await Promise.all(
      [own, child].map(async ({ baseUrl }) => {
        const response = await fetch(`${baseUrl}/chat/completions`, { method: 'POST', body });
        return { ...((await response.json()) as object), created: 0 };
      }),
    );
    expect(answers[0]).toEqual(answers[1]);
    await Promise.all([own.close(), child.close()]);
  });

  it('refuses wrong options before it starts a process', async () => {
    await expect(spawnSimulatedLlm({ seed: 0.5 })).rejects.toThrow(RangeError);
  });

  it('says so when the port is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    await expect(spawnSimulatedLlm({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await expect(startSimulatedLlm({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    holder.close();
  });

  it.each(['ends by itself', 'is killed'])('its process dies with a parent that %s', async (end) => {
    const parent = spawn(
      process.execPath,
      [fileURLToPath(new URL('./fixtures/parent-process.ts', import.meta.url)), end === 'is killed' ? 'stay' : 'go'],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const exited = once(parent, 'exit');
    let banners = '';
    parent.stderr.on('data', (text: Buffer) => (banners += text.toString()));
    const [line] = (await once(parent.stdout, 'data')) as [Buffer];
    const { url } = JSON.parse(line.toString()) as { url: string };
    if (end === 'is killed') parent.kill('SIGKILL');
    const [code] = (await exited) as [number | null];
    expect(code).toBe(end === 'is killed' ? null : 0);
    await untilGone(url);
    expect(banners.match(/not a language model/g)).toHaveLength(1);
  });
});
