// Unpacks the Chromium of the package `@sparticuz/chromium` into the system's directory for temporary files, and prints its path.
import chromium from '@sparticuz/chromium';

console.log(await chromium.executablePath());
