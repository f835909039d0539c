/** What an agent's model can be told to do, in the order in which it decides. Agent, critic and editor share this vocabulary. */
export const skills = [
  'free',
  'capacity',
  'equipment',
  'accessibility',
  'noRoom',
  'smallest',
  'nearest',
  'format',
] as const;

/** A rule of room selection that an instruction can state. */
export type Skill = (typeof skills)[number];

/** Advice that does harm when followed, each against one skill. */
export const badRules = ['nearestFirst', 'largest', 'alwaysRoom', 'verbose'] as const;

/** A rule that leads to wrong answers. */
export type BadRule = (typeof badRules)[number];

/** The skill that a bad rule works against. */
export const opposedSkill: Readonly<Record<BadRule, Skill>> = {
  nearestFirst: 'smallest',
  largest: 'smallest',
  alwaysRoom: 'noRoom',
  verbose: 'format',
};
