import { chromiumPath } from '../../../bench/portal/chromium.ts';

// For `.ci/run`: whether there is a Chromium for the tests of the portal.
if (chromiumPath === undefined) process.exitCode = 1;
