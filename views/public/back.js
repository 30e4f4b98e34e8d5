// The back button after a sign-in repeats an answer that counted already, and that is refused. Who is signed in goes
// on to their roles; for everybody else the page stays as it is.
const answer = await fetch('/', { method: 'HEAD', redirect: 'manual' }).catch(() => undefined)
if (answer?.ok) location.replace('/')
