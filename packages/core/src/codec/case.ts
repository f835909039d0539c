/** `rolloutId` → `rollout_id`. Only for names of record fields, never for keys of user data. */
export function toSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
