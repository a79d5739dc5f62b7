// Runs with `npm ci` and `npm install`. Plain JavaScript, for the oldest Node.js that somebody may have.
'use strict';

var manifest = require('../package.json');

// Not process.version: inside an npm script, `node` is the one in node_modules/.bin.
var startedWith = /node\/v(\S+)/.exec(process.env.npm_config_user_agent || '');
var version = startedWith ? startedWith[1] : process.versions.node;
var minimum = /\d+\.\d+/.exec(manifest.engines.node)[0];

function isOlder(one, other) {
  var a = one.split('.').map(Number);
  var b = other.split('.').map(Number);
  return a[0] < b[0] || (a[0] === b[0] && a[1] < b[1]);
}

if (isOlder(version, minimum)) {
  console.error(
    'Postrider needs Node.js %s or newer, and this is %s: install it and repeat. Until then npm scripts use the bundled %s.',
    minimum,
    version,
    manifest.devDependencies.node,
  );
}
