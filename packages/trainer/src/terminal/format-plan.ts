import { dollars, duration, grouped } from '@agentlightning/core/run';
import type { PlannedPart, PlannedWork, RunPlan } from '../budget/plan-run.ts';

/** A plan as text for a terminal: what it takes, the formula's parts, what is assumed, and what is not known. */
export function formatRunPlan(plan: RunPlan): string {
  const { planned, atMost } = plan;
  const lines = [`Plan of ${plan.algorithm ?? 'a run without an algorithm'}`];
  if (planned !== null) lines.push(row('planned', workText(planned)));
  if (atMost !== null && atMost.rollouts + atMost.modelCalls > planned!.rollouts + planned!.modelCalls) {
    lines.push(row('at most', workText(atMost)));
  }
  if (plan.parts.length > 0) lines.push('', 'Parts', ...plan.parts.map(partText));
  if (plan.extras.length > 0) lines.push('', 'Only when something goes wrong, at most', ...plan.extras.map(partText));
  if (planned !== null) lines.push('', 'Assumed', ...plan.assumptions.map((text) => `  ${text}`));
  if (plan.unknown.length > 0) lines.push('', 'Not known', ...plan.unknown.map((text) => `  ${text}`));
  return `${lines.join('\n')}\n`;
}

/** A sum in a line: `1,220 rollouts · 96 model calls of the optimiser`. */
function workText({ rollouts, modelCalls, agentCalls, tokens, usd, seconds }: PlannedWork): string {
  return [
    `${grouped(rollouts)} rollouts`,
    `${grouped(modelCalls)} model calls of the optimiser`,
    ...(agentCalls === null ? [] : [`${grouped(agentCalls)} of the agents`]),
    ...(tokens === null ? [] : [`${grouped(tokens)} tokens`]),
    ...(usd === null ? [] : [dollars(usd)]),
    duration(seconds),
  ].join(' · ');
}

function partText({ name, round, rollouts, modelCalls, formula, model, usd }: PlannedPart): string {
  const count = modelCalls === 0 ? `${grouped(rollouts)} rollouts` : `${grouped(modelCalls)} calls`;
  const where = round === null ? 'the end' : round === 0 ? 'start' : `round ${round}`;
  const what = model === undefined ? name : `${name} by ${model}`;
  return `  ${where.padEnd(8)}  ${count.padStart(15)}  ${what}: ${formula}${usd === null || usd === 0 ? '' : `, ${dollars(usd)}`}`;
}

function row(name: string, text: string): string {
  return `  ${name.padEnd(12)}${text}`;
}
