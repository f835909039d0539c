import type { PlanAssumptions } from '@agentlightning/trainer/runs';
import { InvalidArgumentError, Option } from 'commander';

/** `--agent-calls-per-rollout` and the like: what commander makes of them has the names of {@link PlanAssumptions}. */
export function assumptionOptions(): Option[] {
  return [
    new Option(
      '--agent-calls-per-rollout <number>',
      'model calls of the agent in a rollout; default: not known',
    ).argParser(amount),
    new Option('--agent-model <name>', 'the model that the agent calls, for its price; default: that of the resources'),
    new Option('--tokens-per-agent-call <prompt,reply>', 'default: 1000,300').argParser(tokens),
    new Option('--tokens-per-optimizer-call <prompt,reply>', 'default: what the algorithm says').argParser(tokens),
    new Option('--seconds-per-rollout <number>', 'default: 5').argParser(amount),
    new Option('--seconds-per-optimizer-call <number>', 'default: 20').argParser(amount),
  ];
}

/** What the options say, and nothing else of what commander answers. */
export function assumptionsOf(options: PlanAssumptions): PlanAssumptions {
  const names = assumptionOptions().map((option) => option.attributeName() as keyof PlanAssumptions);
  return Object.fromEntries(names.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])));
}

function amount(text: string): number {
  if (/^\d+(\.\d+)?$/.test(text) && Number.isFinite(Number(text))) return Number(text);
  throw new InvalidArgumentError('It must be a number, 0 or more.');
}

function tokens(text: string): { prompt: number; completion: number } {
  const [, prompt, completion] = /^(\d{1,12}),(\d{1,12})$/.exec(text) ?? [];
  if (prompt !== undefined) return { prompt: Number(prompt), completion: Number(completion) };
  throw new InvalidArgumentError(
    'It must be two numbers, such as 1200,150: tokens of the prompt, tokens of the reply.',
  );
}
