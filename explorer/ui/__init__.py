"""What the pages share on screen: state, cached loading, inputs and widgets. Streamlit lives here and below."""
