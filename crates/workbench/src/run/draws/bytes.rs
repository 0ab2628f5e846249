//! Little-endian bytes: how chunks write numbers and texts, and how they are read back with care.

/// Bytes that grow.
#[derive(Debug, Default)]
pub(in crate::run) struct Writer(pub(in crate::run) Vec<u8>);

impl Writer {
    pub(in crate::run) fn count(&mut self, value: usize) {
        self.0.extend_from_slice(&(value as u64).to_le_bytes());
    }

    pub(in crate::run) fn number(&mut self, value: f64) {
        self.0.extend_from_slice(&value.to_le_bytes());
    }

    pub(in crate::run) fn numbers(&mut self, values: &[f64]) {
        self.count(values.len());
        values.iter().for_each(|value| self.number(*value));
    }

    pub(in crate::run) fn text(&mut self, text: &str) {
        self.count(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    /// A list, each member by `write`.
    pub(in crate::run) fn list<T>(&mut self, list: &[T], write: impl Fn(&mut Self, &T)) {
        self.count(list.len());
        list.iter().for_each(|member| write(self, member));
    }
}

/// Bytes that are read from front to back; `None` once they are not what was written.
#[derive(Debug)]
pub(in crate::run) struct Reader<'a>(pub(in crate::run) &'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(in crate::run) fn count(&mut self) -> Option<usize> {
        let bytes = self.take(size_of::<u64>())?.try_into().ok()?;
        usize::try_from(u64::from_le_bytes(bytes)).ok()
    }

    pub(in crate::run) fn number(&mut self) -> Option<f64> {
        let bytes = self.take(size_of::<f64>())?.try_into().ok()?;
        Some(f64::from_le_bytes(bytes))
    }

    pub(in crate::run) fn numbers(&mut self) -> Option<Vec<f64>> {
        self.list(Self::number)
    }

    pub(in crate::run) fn text(&mut self) -> Option<String> {
        let count = self.count()?;
        String::from_utf8(self.take(count)?.to_vec()).ok()
    }

    /// A list, each member by `read`.
    pub(in crate::run) fn list<T>(
        &mut self,
        read: impl Fn(&mut Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let count = self.count()?;
        // No capacity is asked for: a damaged count must not claim memory.
        let mut list = Vec::new();
        for _ in 0..count {
            list.push(read(self)?);
        }
        Some(list)
    }

    pub(in crate::run) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
