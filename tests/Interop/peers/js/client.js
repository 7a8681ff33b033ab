'use strict';

// The interoperability suite's test client on @grpc/grpc-js: `client.js --port N --case NAME`. Exit code 0: the case passed.

const assert = require('assert');
const grpc = require('@grpc/grpc-js');
const { load } = require('./services');
const { parse } = require('./options');
const cases = require('./cases');

const options = parse(process.argv.slice(2));
const run = cases[options.case];
if (!run) {
  console.error(`there is no case ${options.case}`);
  process.exit(2);
}

const testing = load('grpc/testing/testing.proto').grpc.testing;
const address = `127.0.0.1:${options.port}`;
const context = {
  assert,
  testing,
  // A client on a connection of its own, with the given channel options.
  connect: (Service = testing.TestService, channel = {}) =>
    new Service(address, grpc.credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1, 'grpc.max_receive_message_length': 64 << 20, ...channel }),
  protos: options.protos,
};

run(context).then(
  () => {
    console.log(`passed ${options.case}`);
    process.exit(0);
  },
  (error) => {
    console.error(`${options.case}: ${error.stack}`);
    process.exit(1);
  });
