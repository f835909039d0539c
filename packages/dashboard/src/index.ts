/** What a server needs to serve the page. */
export { dashboardFiles } from './files/dashboard-files.ts';
export type { PageFile } from './files/page-file.ts';
