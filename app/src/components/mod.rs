//! The parts that pages are made of, after the class names in `style/`.
