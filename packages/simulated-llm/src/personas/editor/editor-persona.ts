import { pick, uniform } from '../../deterministic-random.ts';
import type { Persona, PersonaInput } from '../persona.ts';
import { requestText } from '../request-text.ts';
import { readSentence, splitSentences } from '../skill-lexicon.ts';
import type { Skill } from '../skills.ts';
import { damagePrompt } from './damage.ts';
import { readEditRequest } from './edit-request.ts';
import { ruleWordings, weakWordingRate } from './edit-wordings.ts';
import { repairPrompt } from './repair.ts';

/** How an editor works. */
export interface EditorProfile {
  /** γ: share of edits that come back damaged. Default {@link defaultDamageRate}. */
  readonly damageRate?: number;
}

/** γ of `sim-editor`. */
export const defaultDamageRate = 0.1;

/** Advice copied into a prompt is cut at this many characters. */
const maxAdviceCharacters = 200;

/** What to change: a rule to state in the editor's own words, or advice to take over as it is. */
type Point = { readonly skill: Skill } | { readonly advice: string };

/**
 * An editor: it sees the prompt and the critique alone, and answers with the prompt in which the critique's points are stated, in
 * wordings of its own. A request that asks for a small change gets the first point only; one that follows an answer of its own in the
 * same conversation, that answer repaired.
 */
export function createEditorPersona(name: string, { damageRate = defaultDamageRate }: EditorProfile): Persona {
  return { name, kind: 'editor', reply: (input) => ({ text: edit(input, damageRate) }) };
}

function edit({ request, key }: PersonaInput, damageRate: number): string {
  const { prompt, critique, instructions } = readEditRequest(requestText(request));
  const refused = request.messages.findLast(({ role }) => role === 'assistant');
  if (refused !== undefined) return damagePrompt(repairPrompt(prompt, refused.content), damageRate, key);
  const points = pointsOf(critique);
  const wanted = asksForSmallChange(instructions) ? points.slice(0, 1) : points;
  return damagePrompt(
    wanted.reduce((edited, point) => statePoint(edited, point, key), prompt),
    damageRate,
    key,
  );
}

function asksForSmallChange(instructions: string): boolean {
  return /\b(conservative\w*|minimal\w*|single|small(?:est)?|one (?:change|point|edit|issue|thing|problem|improvement))\b/i.test(
    instructions,
  );
}

/** The points of a critique: its list items, or its sentences when it has no list. */
function pointsOf(critique: string): Point[] {
  const items = critique.split('\n').filter((line) => /^\s*(?:[-*•]|\d+[.)])\s/.test(line));
  const points: Point[] = [];
  for (const item of items.length > 0 ? items : splitSentences(critique)) {
    const sentence = splitSentences(item).join(' ');
    const { skills } = readSentence(sentence);
    if (skills.length > 0) points.push(...skills.map((skill) => ({ skill })));
    else if (items.length > 0) points.push({ advice: sentence.replace(/[{}<>]/g, '').slice(0, maxAdviceCharacters) });
  }
  return points;
}

/** Puts a point into the prompt: in place of a line that states the rule already, else as a line of its own at the end. */
function statePoint(prompt: string, point: Point, key: string): string {
  const lines = prompt.split('\n');
  if ('advice' in point)
    return lines.some((line) => line.includes(point.advice)) ? prompt : `${prompt}\n${point.advice}`;
  const { skill } = point;
  const wordings = ruleWordings[skill];
  const weak = uniform('weak wording', key, skill) < weakWordingRate;
  const wording = (weak ? wordings.at(-1) : pick(wordings.slice(0, -1), 'wording', key, skill)) ?? '';
  const stated = lines.findIndex((line) => !line.includes('{') && readSentence(line).skills.includes(skill));
  return stated < 0 ? `${prompt}\n${wording}` : lines.with(stated, wording).join('\n');
}
