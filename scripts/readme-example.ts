import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

/**
 * Writes the files of the README's first example into a project and runs it there against an OpenAI-compatible server, with the two variables
 * that the README names.
 * @throws when it fails, or does not save a best prompt
 */
export async function runFirstExample(options: {
  readonly project: string;
  readonly baseUrl: string;
  readonly apiKey: string;
}): Promise<string> {
  const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8');
  for (const name of ['capital-agent.ts', 'train.ts']) {
    const code = new RegExp(`\`\`\`ts\\n// ${name}\\n([\\s\\S]*?)\`\`\``).exec(readme)?.[1];
    if (code === undefined) throw new Error(`The README has no block that begins with // ${name}`);
    writeFileSync(join(options.project, name), code);
  }
  const { stdout } = await promisify(execFile)(process.execPath, ['train.ts'], {
    cwd: options.project,
    timeout: 120_000,
    env: { ...process.env, OPENAI_API_KEY: options.apiKey, OPENAI_BASE_URL: options.baseUrl },
  });
  const saved = readdirSync(options.project).filter((file) => /^best_prompt_\d{8}_\d{6}\.json$/.test(file));
  if (saved.length !== 1) throw new Error(`The example saved ${saved.length} best prompts instead of one: ${stdout}`);
  if (!/What is the capital of|\{country\}/.test(stdout)) throw new Error(`The example printed no prompt: ${stdout}`);
  return stdout;
}
