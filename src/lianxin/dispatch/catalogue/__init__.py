"""The dispatch catalogue (派单目录): what it proposes, how it is changed, what a change would have done."""
