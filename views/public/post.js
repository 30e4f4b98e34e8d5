// Sends the sign-in request on; without this script the person presses Continue.
document.getElementById('post')?.submit()
