"""What goes wrong on purpose: processes that die, peers that stand still, wires that break."""
