// Builds requests with the toolkit's own package for a test in another language: a line of JSON in,
// a line of JSON out. {} lists what the package knows; {space, name, method, arguments} is one
// request. A date is written {"date": "2026-01-01T00:00:00Z"}.
'use strict'
const { AMT, CIM, IPS } = require('@device-management-toolkit/wsman-messages')
const spaces = { AMT: new AMT.Messages(), CIM: new CIM.Messages(), IPS: new IPS.Messages() }

function list () {
  const all = []
  for (const [space, messages] of Object.entries(spaces)) {
    for (const [name, object] of Object.entries(messages)) {
      if (object.className === undefined) continue
      const methods = Object.keys(object).filter(
        (key) => typeof object[key] === 'function' && !key.startsWith('protected'))
      all.push({ space, name, class: object.className, methods })
    }
  }
  return all
}

function revive (key, value) {
  return value !== null && typeof value === 'object' && typeof value.date === 'string'
    ? new Date(value.date)
    : value
}

require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const wanted = JSON.parse(line, revive)
  const answer = wanted.space === undefined
    ? list()
    : spaces[wanted.space][wanted.name][wanted.method](...wanted.arguments)
  process.stdout.write(JSON.stringify(answer) + '\n')
})
