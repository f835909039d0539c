/**
 * Node's SQLite, loaded when a file is opened and not when this package is imported: threads that run agents import it with the umbrella and open no file, and
 * Node 22 warns whoever loads it.
 */
export function loadSqlite(): typeof import('node:sqlite') {
  return process.getBuiltinModule('node:sqlite');
}
