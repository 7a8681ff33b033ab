'use strict';

/** The command line's `--name value` pairs; a name without a value is true. */
function parse(args) {
  const options = {};
  for (let i = 0; i < args.length; i++) {
    const name = args[i].replace(/^--/, '');
    const hasValue = i + 1 < args.length && !args[i + 1].startsWith('--');
    options[name] = hasValue ? args[++i] : true;
  }
  return options;
}

module.exports = { parse };
