// The credentials page on its own, when the portal's script did not open it as a panel.
import { enhance } from './panel.js'

enhance(document)
