"""Scenes: what a rule of the founding documents asks for, played by people at a centre that lives under it.

A scene is data (`zhoucun/b10.toml`): its row, its sentence, its cast, its acts and what holds after them, and each
`[[evasion]]`: how somebody tries to get round the rule, and what holds then.  `script` reads one and names what it gets
wrong, `names` finds its cast in a centre's directory, `times` its instants, `player` plays it through the one door, and
`expect` says what does not hold.  The same file is the row's test and what a visitor of the demo finds.
"""
