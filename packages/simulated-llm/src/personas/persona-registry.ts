import { createAgentPersona } from './agent/agent-persona.ts';
import { createCriticPersona } from './critic/critic-persona.ts';
import { createEditorPersona } from './editor/editor-persona.ts';
import type { Persona, PersonaKind } from './persona.ts';

/** The kinds of personas. */
export const personaKinds: readonly PersonaKind[] = ['agent', 'critic', 'editor'];

const personas: ReadonlyMap<string, Persona> = new Map(
  [
    createAgentPersona('weak'),
    createAgentPersona('medium'),
    createAgentPersona('strong'),
    createCriticPersona('sim-critic', {}),
    createCriticPersona('sim-critic-fixed-temperature', { fixedTemperature: true }),
    createCriticPersona('sim-critic-distractor', { speech: 'distractors' }),
    createCriticPersona('sim-critic-silent', { speech: 'silent' }),
    createEditorPersona('sim-editor', {}),
    createEditorPersona('sim-editor-careless', { damageRate: 0.4 }),
  ].map((persona) => [persona.name, persona]),
);

/** Names of the models that a server offers. */
export const personaNames: readonly string[] = [...personas.keys()];

/** The persona of this name, or `undefined`. */
export function findPersona(name: string): Persona | undefined {
  return personas.get(name);
}
