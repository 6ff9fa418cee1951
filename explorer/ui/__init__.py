"""What the pages share on screen: state, cached loading, inputs and widgets."""
