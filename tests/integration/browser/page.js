// Wires the toolkit's own classes together as its wrappers for Angular and React do.
'use strict'
const toolkit = self['ui-toolkit/core']
const session = { states: [], text: '', errors: 0 }

function configuration (to, kind) {
  return {
    mode: kind,
    protocol: toolkit.Protocol[kind.toUpperCase()],
    fr: new FileReader(),
    host: to.guid,
    port: 16994,
    user: '',
    pass: '',
    tls: 0,
    tls1only: 0,
    authToken: to.token,
    server: to.server
  }
}

function watch (redirector) {
  session.redirector = redirector
  session.states = []
  redirector.onStateChanged = (_, state) => session.states.push(state)
  redirector.onError = () => { session.errors++ }
}

function openScreen (to) {
  const canvas = document.getElementById('screen')
  const redirector = new toolkit.AMTKvmDataRedirector(configuration(to, 'kvm'))
  const desktop = new toolkit.AMTDesktop(canvas.getContext('2d'))
  const processor = new toolkit.DataProcessor(redirector, desktop)
  const mouse = new toolkit.MouseHelper(desktop, redirector, 0)
  session.desktop = desktop
  session.keyboard = new toolkit.KeyBoardHelper(desktop, redirector)
  watch(redirector)
  redirector.onProcessData = desktop.processData.bind(desktop)
  redirector.onStart = desktop.start.bind(desktop)
  redirector.onNewState = desktop.onStateChange.bind(desktop)
  redirector.onSendKvmData = desktop.onSendKvmData.bind(desktop)
  desktop.onSend = redirector.send.bind(redirector)
  desktop.onProcessData = processor.processData.bind(processor)
  desktop.bpp = to.bytes
  desktop.updateScreenDimensions = (width, height) => {
    canvas.width = width
    canvas.height = height
  }
  for (const kind of ['mousemove', 'mousedown', 'mouseup']) {
    canvas['on' + kind] = mouse[kind].bind(mouse)
  }
  redirector.start(WebSocket)
  session.keyboard.GrabKeyInput()
}

function openSerial (to) {
  const terminal = new toolkit.AmtTerminal()
  const processor = new toolkit.TerminalDataProcessor(terminal)
  const redirector = new toolkit.AMTRedirector(configuration(to, 'sol'))
  session.terminal = terminal
  session.text = ''
  watch(redirector)
  terminal.onSend = redirector.send.bind(redirector)
  redirector.onNewState = terminal.StateChange.bind(terminal)
  redirector.onProcessData = processor.processData.bind(processor)
  processor.processDataToXterm = (text) => { session.text += text }
  processor.clearTerminal = () => { session.text += '\x1b[2J' }
  redirector.start(WebSocket)
}

function openDrive (to) {
  const redirector = new toolkit.AMTRedirector(configuration(to, 'ider'))
  const drive = new toolkit.AMTIDER(redirector, document.getElementById('image').files[0], null)
  session.drive = drive
  watch(redirector)
  redirector.onNewState = drive.stateChange.bind(drive)
  redirector.onProcessData = drive.processData.bind(drive)
  redirector.start(WebSocket)
}

function close () {
  if (session.keyboard) session.keyboard.UnGrabKeyInput()
  session.redirector.stop()
}

// What is on the screen now: the toolkit paints it white when the session ends.
function keep () {
  const screen = document.getElementById('screen')
  session.kept = screen.getContext('2d').getImageData(0, 0, screen.width, screen.height)
}

// How many pixels of what was kept differ from a PNG, each channel compared in its first bits: the
// screen has no more of them, and how they are spread over eight is the reader's choice.
async function differing (png, bits) {
  const image = new Image()
  image.src = 'data:image/png;base64,' + png
  await image.decode()
  const { width, height, data } = session.kept
  if (image.width !== width || image.height !== height) {
    return `${image.width}x${image.height} and ${width}x${height}`
  }
  const other = new OffscreenCanvas(width, height).getContext('2d')
  other.drawImage(image, 0, 0)
  const pixels = [data, other.getImageData(0, 0, width, height).data]
  let count = 0
  for (let i = 0; i < pixels[0].length; i += 4) {
    if (bits.some((kept, channel) =>
      pixels[0][i + channel] >> (8 - kept) !== pixels[1][i + channel] >> (8 - kept))) count++
  }
  return count
}

// How many pixels of what was kept have each colour.
function colours () {
  const { data } = session.kept
  const counts = {}
  for (let i = 0; i < data.length; i += 4) {
    const colour = data.slice(i, i + 3).join()
    counts[colour] = (counts[colour] || 0) + 1
  }
  return counts
}
