// A browser for a test in another language: a line of JSON in, a line of JSON out. {open, to} opens
// a session of that kind in the page; {type}, {press}, {move}, {click} are what a user does;
// {evaluate} is the value of an expression in the page.
'use strict'
const { chromium } = require('playwright-core')
const fs = require('fs')
const http = require('http')
const path = require('path')

const bundle = require.resolve('@device-management-toolkit/ui-toolkit/bundles/core.bundle.js')
const files = { '/': 'page.html', '/page.js': 'page.js', '/core.bundle.js': bundle }

function serve () {
  const server = http.createServer((request, response) => {
    const file = files[request.url]
    if (file === undefined) {
      response.writeHead(404).end()
      return
    }
    const type = file.endsWith('.html') ? 'text/html' : 'text/javascript'
    response.writeHead(200, { 'Content-Type': type })
    fs.createReadStream(path.resolve(__dirname, file)).pipe(response)
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

const openers = { kvm: 'openScreen', sol: 'openSerial', ider: 'openDrive' }

const actions = {
  open: (page, wanted) => page.evaluate(`${openers[wanted.open]}(${JSON.stringify(wanted.to)})`),
  image: (page, wanted) => page.setInputFiles('#image', wanted.image),
  close: (page) => page.evaluate('close()'),
  type: (page, wanted) => page.keyboard.type(wanted.type, { delay: 20 }),
  press: (page, wanted) => page.keyboard.press(wanted.press),
  move: (page, wanted) => page.mouse.move(...wanted.move),
  click: (page, wanted) => page.mouse.click(...wanted.click),
  evaluate: (page, wanted) => page.evaluate(wanted.evaluate),
  screenshot: (page, wanted) => page.screenshot({ path: wanted.screenshot }).then(() => true)
}

async function main () {
  const server = await serve()
  const browser = await chromium.launch({
    executablePath: process.argv[2],
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
      '--ignore-certificate-errors']
  })
  const page = await browser.newPage({ viewport: { width: 1100, height: 850 } })
  const said = []
  page.on('console', (message) => said.push(message.text()))
  page.on('pageerror', (error) => said.push(String(error)))
  await page.goto(`http://127.0.0.1:${server.address().port}/`)
  for await (const line of require('readline').createInterface({ input: process.stdin })) {
    const wanted = JSON.parse(line)
    const action = Object.keys(wanted)[0]
    let answer
    try {
      answer = { value: await actions[action](page, wanted), said: said.splice(0) }
    } catch (error) {
      answer = { error: String(error), said: said.splice(0) }
    }
    process.stdout.write(JSON.stringify(answer) + '\n')
  }
  await browser.close()
  server.close()
}

main()
